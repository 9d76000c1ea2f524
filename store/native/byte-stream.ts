/** Bytes that arrive in chunks, taken in pieces whose length the format tells. */

export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;
  #buffer = new ArrayBuffer(4096);
  #used = 0;

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

  /**
   * So many bytes, begun at a multiple of eight, so that numbers of any width can be read in place. They stay until `release`.
   * @throws where there are fewer
   */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const taken = this.#room(length);
    for (let filled = 0; filled < length; ) {
      if (await this.isAtEnd()) throw new Error('the answer breaks off');
      const part = this.#chunk.subarray(this.#at, this.#at + length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#at += part.length;
    }
    return taken;
  }

  /** What was taken may be written over: its room is used again, because new buffers for every block would pile up. */
  release(): void {
    this.#used = 0;
  }

  #room(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#used;
    this.#used += Math.ceil(length / 8) * 8;
    // What was taken before stays where it is.
    if (this.#used > this.#buffer.byteLength) this.#buffer = new ArrayBuffer(2 * this.#used);
    return new Uint8Array(this.#buffer, start, length);
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
    while (texts.length < count) texts.push(this.#textAtHand() ?? (await this.text()));
    return texts;
  }

  /** Null where the text is long, or its end has not come yet: to wait for each of thousands takes longer than to read them. */
  #textAtHand(): string | null {
    const length = this.#chunk[this.#at] ?? 0x80;
    const end = this.#at + 1 + length;
    if (length >= 0x80 || end > this.#chunk.length) return null;
    const text = UTF8.decode(this.#chunk.subarray(this.#at + 1, end));
    this.#at = end;
    return text;
  }

  async uint64(): Promise<number> {
    return uint64s(await this.take(8))[0] ?? 0;
  }
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The same bytes as numbers, exact up to 2^53; written over their place. */
export function uint64s({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Float64Array {
  const halves = new Uint32Array(buffer, byteOffset, byteLength / 4);
  const values = new Float64Array(buffer, byteOffset, byteLength / 8);
  for (let index = 0; index < values.length; index++)
    values[index] = (halves[2 * index] ?? 0) + (halves[2 * index + 1] ?? 0) * 2 ** 32;
  return values;
}
