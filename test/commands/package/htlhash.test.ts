import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHtlhash, htlhash, htlhashOfFile } from '../../../commands/package/htlhash.ts';
import { HingeError } from '../../../errors.ts';
import { openFolder } from './zips.ts';

/** The definition, word for word: SHA-256(File[:4096] | File[-4096:] | BigEndianUInt64(Len(File))), the first 16 bytes. */
function byDefinition(file: Buffer): string {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(file.length));
  const input = Buffer.concat([file.subarray(0, 4096), file.subarray(Math.max(0, file.length - 4096)), length]);
  return createHash('sha256').update(input).digest().subarray(0, 16).toString('hex');
}

describe('htlhash', () => {
  it('of an empty file is the hash of its length alone: sha256sum of eight zero bytes', () => {
    expect(htlhash(Buffer.alloc(0))).toBe('af5570f5a1810b7af78caf4bc70a660f');
  });

  it.each([0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 100_000])(
    'follows the definition at %i bytes, from memory, as a stream and from a file',
    async (bytes) => {
      await using folder = await openFolder();
      const content = Buffer.from(Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
      const path = join(folder.path, 'program');
      await writeFile(path, content);
      expect(htlhash(content)).toBe(byDefinition(content));
      expect(await htlhashOfFile(path)).toBe(byDefinition(content));
    },
  );

  it('does not depend on how the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 6_000 }), { maxLength: 8 }), (chunks) => {
        const stream = createHtlhash();
        for (const chunk of chunks) stream.update(chunk);
        expect(stream.digest()).toBe(byDefinition(Buffer.concat(chunks)));
      }),
    );
  });

  it('names the file that cannot be read', async () => {
    const reading = htlhashOfFile('/nowhere/program');
    await expect(reading).rejects.toThrow(HingeError);
    await expect(reading).rejects.toMatchObject({
      code: 'FILE_MISSING',
      message: expect.stringContaining('/nowhere/program'),
    });
  });
});
