/** Bytes that arrive in chunks, taken in pieces whose length the format tells. */

export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#chunks.next();
      if (next.done === true) return true;
      [this.#chunk, this.#at] = [next.value, 0];
    }
    return false;
  }

  /** So many bytes in a buffer of their own, so that numbers of any width can be read in place. @throws where there are fewer */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const taken = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (await this.isAtEnd()) throw new Error('the answer breaks off');
      const part = this.#chunk.subarray(this.#at, this.#at + length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#at += part.length;
    }
    return taken;
  }

  /** Seven bits a byte, the low ones first. */
  async varint(): Promise<number> {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const [byte = 0] = await this.take(1);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  async text(): Promise<string> {
    return UTF8.decode(await this.take(await this.varint()));
  }

  async texts(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push(await this.text());
    return texts;
  }

  async uint64(): Promise<number> {
    return uint64s(await this.take(8))[0] ?? 0;
  }
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Exact up to 2^53. */
export function uint64s({ buffer }: Uint8Array<ArrayBuffer>): Float64Array {
  const halves = new Uint32Array(buffer);
  const values = new Float64Array(halves.length / 2);
  for (let index = 0; index < values.length; index++)
    values[index] = (halves[2 * index] ?? 0) + (halves[2 * index + 1] ?? 0) * 2 ** 32;
  return values;
}
