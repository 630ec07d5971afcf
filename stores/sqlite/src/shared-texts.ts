const longest = 16;
const most = 1_000;

/** Short texts that recur in many documents: kept once, so that documents which are remembered are fewer objects. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  /** An equal text. */
  readonly share = (text: string): string => {
    if (text.length > longest) return text;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= most) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  };
}
