import { Packer } from './packer.ts';

const firstSize = 16_384;
const largestKept = 2 ** 20;
const mostKept = 8;

/** Packers that are used again: their memory lies outside the heap, where getting and freeing it costs more than filling it. */
export class PackerPool {
  readonly #free: Packer[] = [];

  take(): Packer {
    return this.#free.pop() ?? new Packer(firstSize);
  }

  /** Nothing may be read from it any more. */
  giveBack(packer: Packer): void {
    if (this.#free.length >= mostKept || packer.capacity > largestKept) return;
    packer.clear();
    this.#free.push(packer);
  }
}
