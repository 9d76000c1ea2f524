/**
 * Turns OTLP/JSON into OTLP protobuf in one pass over the bytes, without a tree and without an object per value, so that
 * all that is known of ids, limits and columns has one implementation, behind the wire format.
 */

import { HingeError } from '../../errors.ts';
import { located } from '../located.ts';
import { refuse, writeScalar } from './scalars.ts';
import { Scanner, type Skipping } from './scanner.ts';
import { ENVELOPES, type Field, type Message } from './schema.ts';
import { WireWriter } from './wire-writer.ts';

export interface TranslateLimits {
  /** Objects a request. */
  readonly maxMessages: number;
  /** Levels of lists and maps inside an attribute value. */
  readonly maxDepth: number;
}

export interface Translated {
  /** The request as protobuf. */
  readonly wire: Uint8Array;
  /** The first name around spans or metrics that OTLP/JSON does not have: what it held was passed over. */
  readonly unknownName: string | undefined;
}

/** An object that is being read, and in it perhaps an array. */
interface Frame {
  readonly message: Message;
  readonly lengthAt: number;
  isFirst: boolean;
  /** The field before; at first the message itself. */
  last: Field | Message;
  /** Of the member in hand; undefined between two members and for unknown names. */
  field: Field | undefined;
  list: Field | undefined;
  /** Of the element in hand. */
  index: number;
}

/** The caller gets a turn after so many bytes: some milliseconds of work. */
const TURN_BYTES = 1 << 18;
/** Objects that one level of an attribute value takes: kvlistValue, entry, value. */
const OBJECTS_PER_LEVEL = 3;
/** Objects from the request down to the value of an attribute, exemplars included. */
const OBJECTS_ABOVE_VALUES = 10;
const NO_LENGTH = -1;

/**
 * Turns a request into protobuf. Fields of other names are passed over, `null` is the default, as in the JSON mapping of protobuf.
 *
 * @throws HingeError INPUT_INVALID when it is not JSON or not OTLP, INPUT_TOO_LARGE when it holds too many objects.
 */
export function* translate(request: Message, json: Uint8Array, limits: TranslateLimits): Generator<void, Translated> {
  const translation = new Translation(json, limits);
  let turnAt = TURN_BYTES;
  try {
    translation.start(request);
    while (translation.step()) {
      if (translation.scanner.at < turnAt) continue;
      turnAt = translation.scanner.at + TURN_BYTES;
      yield;
    }
    return translation.finish();
  } catch (error) {
    throw located(error, translation.place());
  }
}

const maxObjectsOf = ({ maxDepth }: TranslateLimits) => maxDepth * OBJECTS_PER_LEVEL + OBJECTS_ABOVE_VALUES;

class Translation {
  readonly scanner: Scanner;
  private readonly out = new WireWriter();
  private readonly frames: Frame[] = [];
  private readonly limits: TranslateLimits;
  private readonly maxObjects: number;
  /** By field, or by message for its first one, the field that came next the last time. */
  private readonly followers = new Map<Field | Message, Field>();
  /** A value without a field, which may be long; empty when none is in hand. */
  private skipping: Skipping = [];
  private objects = 0;
  private unknownName: string | undefined;

  constructor(json: Uint8Array, limits: TranslateLimits) {
    this.limits = limits;
    this.maxObjects = maxObjectsOf(limits);
    // Between two objects there is at most one array.
    this.scanner = new Scanner(json, 2 * this.maxObjects);
  }

  start(request: Message): void {
    this.enter(request, NO_LENGTH);
  }

  /** Reads the next member or element, or some of a value that is passed over; false after the last one. */
  step(): boolean {
    if (this.skipping.length > 0) {
      this.scanner.skipMore(this.skipping, TURN_BYTES);
      return true;
    }
    const frame = this.frames.at(-1);
    if (frame === undefined) return false;
    if (frame.list !== undefined) this.stepThroughList(frame, frame.list);
    else this.stepThroughObject(frame);
    return true;
  }

  finish(): Translated {
    this.scanner.end();
    return { wire: this.out.finish(), unknownName: this.unknownName };
  }

  /** The path of what is being read; where no path leads, the position in the bytes. */
  place(): string {
    const steps = this.frames.flatMap(({ field, list, index }) =>
      field === undefined ? [] : [list === undefined ? field.name : `${field.name}[${index}]`],
    );
    return steps.length === 0 ? `byte ${this.scanner.at}` : steps.join('.');
  }

  private stepThroughList(frame: Frame, field: Field): void {
    frame.index++;
    if (this.scanner.nextElement(frame.index === 0)) this.value(field);
    else frame.list = undefined;
  }

  private stepThroughObject(frame: Frame): void {
    const { scanner } = this;
    frame.field = undefined;
    if (!scanner.nextMember(frame.isFirst)) {
      if (frame.lengthAt !== NO_LENGTH) this.out.close(frame.lengthAt);
      this.frames.pop();
      return;
    }
    frame.isFirst = false;
    const field = this.fieldOf(frame);
    frame.field = field;
    if (field === undefined || this.isNull()) this.skipping = scanner.startSkipping();
    else if (!field.isRepeated) this.value(field);
    else {
      if (scanner.peek() !== 'array') refuse(scanner, field, 'an array');
      scanner.enterArray();
      frame.list = field;
      frame.index = -1;
    }
  }

  /** Senders write the members of a message in the same order every time: the one after this one is guessed. */
  private fieldOf(frame: Frame): Field | undefined {
    const guess = this.followers.get(frame.last);
    if (guess !== undefined && this.scanner.textIs(guess.nameBytes)) {
      frame.last = guess;
      return guess;
    }
    const name = this.scanner.textOf();
    const field = frame.message.get(name);
    if (field === undefined) {
      if (ENVELOPES.has(frame.message)) this.unknownName ??= name;
      return undefined;
    }
    this.followers.set(frame.last, field);
    frame.last = field;
    return field;
  }

  private value(field: Field): void {
    if (typeof field.type === 'string') {
      writeScalar(this.scanner, field, field.type, this.out);
      return;
    }
    if (this.scanner.peek() !== 'object') {
      refuse(this.scanner, { name: field.isRepeated ? `an element of ${field.name}` : field.name }, 'an object');
    }
    this.enter(field.type(), this.out.open(field.number));
  }

  private enter(message: Message, lengthAt: number): void {
    if (++this.objects > this.limits.maxMessages) {
      const what = `more than ${this.limits.maxMessages} objects in one request`;
      throw new HingeError('INPUT_TOO_LARGE', `${what}: send smaller batches`);
    }
    if (this.frames.length >= this.maxObjects) {
      throw new HingeError('INPUT_INVALID', `attribute values are nested deeper than ${this.limits.maxDepth} levels`);
    }
    this.scanner.enterObject();
    this.frames.push({
      message,
      lengthAt,
      isFirst: true,
      last: message,
      field: undefined,
      list: undefined,
      index: -1,
    });
  }

  private isNull(): boolean {
    return this.scanner.peek() === 'literal' && this.scanner.bytes[this.scanner.at] === 0x6e;
  }
}

/** The names of the outermost object's members: what a line of a file holds. */
export function memberNames(json: Uint8Array, limits: TranslateLimits): string[] {
  const scanner = new Scanner(json, 2 * maxObjectsOf(limits));
  const names: string[] = [];
  scanner.enterObject();
  while (scanner.nextMember(names.length === 0)) {
    names.push(scanner.textOf());
    scanner.skipValue();
  }
  scanner.end();
  return names;
}
