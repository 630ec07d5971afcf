/** What JSON can carry: the only values that documents, inputs, results and messages hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. `undefined` fields are treated as absent. */
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}
