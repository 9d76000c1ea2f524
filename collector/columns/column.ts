/** What every column of a `Native` block can do (ClickHouse, docs/en/interfaces/formats/Native and its SerializationXxx classes). */

/** Something that grows while rows are appended and can be cut back to an earlier length. */
export interface Store {
  length: number;
  readonly bytesPerElement: number;
}

export interface Column {
  /** The type as ClickHouse spells it. */
  readonly type: string;
  /** Everything that grows with the rows; what is shared with another column may stand in both. */
  readonly stores: readonly Store[];
  /** Versions of serializations inside: they stand before all data of the column. */
  prefix(out: Uint8Array[]): void;
  /** The data of all rows, as views that are valid until the column changes. */
  data(out: Uint8Array[]): void;
  /** Forgets all rows and dictionaries, and keeps its memory. */
  reset(): void;
}

/** A column of texts. */
export interface TextColumn extends Column {
  /** Appends UTF-8 bytes; what is not UTF-8 is mended with U+FFFD. */
  append(source: DataView, start: number, end: number): void;
  appendText(text: string): void;
  /** Appends a whole number below 2^53 in digits. */
  appendInteger(value: number): void;
}
