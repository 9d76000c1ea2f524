/** Reads an upgrade package: which files it holds, which of them are binaries, and what the manifest forgot to say. */
import { createHash, X509Certificate } from 'node:crypto';
import { basename } from 'node:path';
import { type ArchiveFile, walkArchive } from './archive.ts';
import type { PackageLimits } from './entry-rules.ts';
import { createHtlhash } from './htlhash.ts';

export type PackageFileKind = 'binary' | 'script' | 'certificate' | 'other';

export interface PackageFile {
  readonly path: string;
  readonly kind: PackageFileKind;
  readonly bytes: number;
  /** Build identity as a running process reports it; see htlhash.ts. */
  readonly htlhash: string;
  /** SHA-256 of the content, hex. */
  readonly sha256: string;
  /** For a certificate: who it is for, who vouches for it, until when. */
  readonly certificate?: string;
}

export interface Package {
  readonly path: string;
  /** In order of path. */
  readonly files: readonly PackageFile[];
}

const SCRIPT = /\.(sh|bash|zsh|ps1|psm1|bat|cmd|py|pl|rb)$/i;
const CERTIFICATE = /\.(pem|crt|cer|der)$/i;
const PROGRAM_FOLDER = /(^|\/)s?bin\//;
const EXECUTABLE_BITS = 0o111;
/** Certificates are a few kilobytes; a larger file is not parsed as one. */
const CERTIFICATE_BYTES = 64 * 1024;

/** A script by its ending; a binary by its executable bit or its folder (some packers drop the bits). */
function kindOf(file: ArchiveFile): PackageFileKind {
  if (SCRIPT.test(file.name)) return 'script';
  if (CERTIFICATE.test(file.name)) return 'certificate';
  if (PROGRAM_FOLDER.test(file.name) || (file.permissions & EXECUTABLE_BITS) !== 0) return 'binary';
  return 'other';
}

const oneLine = (name: string): string => name.trim().split('\n').join(', ');

function describeCertificate(content: Buffer): string {
  try {
    const { subject, issuer, validTo } = new X509Certificate(content);
    return `for ${oneLine(subject)}, issued by ${oneLine(issuer)}, valid until ${validTo}`;
  } catch {
    return 'not a certificate that can be read';
  }
}

async function inspect(file: ArchiveFile, content: AsyncIterable<Uint8Array>): Promise<PackageFile> {
  const identity = createHtlhash();
  const digest = createHash('sha256');
  const kind = kindOf(file);
  const kept: Uint8Array[] = [];
  for await (const chunk of content) {
    identity.update(chunk);
    digest.update(chunk);
    if (kind === 'certificate' && file.bytes <= CERTIFICATE_BYTES) kept.push(chunk);
  }
  const found = { path: file.name, kind, bytes: file.bytes, htlhash: identity.digest(), sha256: digest.digest('hex') };
  return kind === 'certificate' ? { ...found, certificate: describeCertificate(Buffer.concat(kept)) } : found;
}

/** The service that a binary runs as: the name of its file. */
export function serviceOf(file: PackageFile): string {
  return basename(file.path).replace(/\.exe$/i, '');
}

/**
 * Reads the whole package as a stream and writes nothing.
 * @throws HingeError FILE_MISSING, INPUT_INVALID or INPUT_TOO_LARGE, naming the entry
 */
export async function readPackage(path: string, limits?: PackageLimits): Promise<Package> {
  const files: PackageFile[] = [];
  await walkArchive(path, async (file, content) => void files.push(await inspect(file, content)), limits);
  return { path, files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}
