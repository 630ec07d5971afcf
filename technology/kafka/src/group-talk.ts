import type { Bell } from './bell.ts';
import { type EndNote, type GroupNote, readGroupNote } from './group-note.ts';

export interface GroupTalkOptions {
  readonly bell: Bell;
  readonly groupId: string;
  /** This member's id; empty while it has none. */
  self(): string;
  /** Of another member. */
  heard(note: GroupNote): void;
}

const mostEnded = 10_000;

/** What the members of one group tell each other by the bell. */
export class GroupTalk {
  readonly #options: GroupTalkOptions;
  /** Ends of loans of partitions that have moved on, of which nobody has heard yet. */
  readonly #owed = new Map<string, EndNote>();
  /** Ends of loans that were heard of lately: whoever takes a partition over may not know of them. */
  readonly #ended = new Map<string, EndNote>();
  readonly #stopListening: () => void;

  constructor(options: GroupTalkOptions) {
    this.#options = options;
    this.#stopListening = options.bell.listen((note) => this.#heard(note));
  }

  tell(note: GroupNote): void {
    const { bell, groupId, self } = this.#options;
    void bell.ring({ group: groupId, by: self(), ...note });
  }

  /** Tells it until it is heard: until then the message would wait for as long as this process lives. */
  owe(note: EndNote): void {
    this.#owed.set(nameOfEnd(note), note);
    this.tell(note);
  }

  /** Tells again what nobody has heard yet. */
  remind(): void {
    for (const note of this.#owed.values()) this.tell(note);
  }

  /** What was heard lately of loans of this partition. */
  *endsOf(name: string): Generator<EndNote> {
    for (const note of this.#ended.values()) if (note.name === name) yield note;
  }

  close(): void {
    this.#stopListening();
  }

  #heard(received: unknown): void {
    const note = readGroupNote(received);
    const { groupId, self, heard } = this.#options;
    if (note === undefined || note.group !== groupId) return;
    const isEnd = note.kind === 'settled' || note.kind === 'returned';
    if (isEnd) this.#owed.delete(nameOfEnd(note)); // also our own: it is in the topic, where all hear it
    if (note.by !== '' && note.by === self()) return;
    if (isEnd) this.#remember(note);
    heard(note);
  }

  #remember(note: EndNote): void {
    this.#ended.set(nameOfEnd(note), note);
    if (this.#ended.size > mostEnded) this.#ended.delete(this.#ended.keys().next().value ?? '');
  }
}

const nameOfEnd = ({ name, offset }: EndNote): string => `${name} ${offset}`;
