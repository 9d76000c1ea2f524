/** Certificate and key of the collector's doors, read and checked before anything listens. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SecureVersion } from 'node:tls';
import { HingeError, messageOf } from '../../errors.ts';

export interface TlsPaths {
  readonly certFile: string;
  readonly keyFile: string;
  /** With it, clients must show a certificate that this authority has signed. */
  readonly clientCaFile?: string;
}

/** PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa?: Buffer;
}

export const MIN_TLS_VERSION: SecureVersion = 'TLSv1.2';

/** @throws HingeError CONFIG_INVALID naming the key of the configuration and the file. */
export function readTlsFiles({ certFile, keyFile, clientCaFile }: TlsPaths): TlsFiles {
  const [cert, certificate] = read('certFile', certFile, (pem) => new X509Certificate(pem));
  const [key, privateKey] = read('keyFile', keyFile, (pem) => createPrivateKey(pem));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid('keyFile', keyFile, `is not the key of the certificate in ${certFile}: give the pair`);
  }
  if (clientCaFile === undefined) return { cert, key };
  const [clientCa] = read('clientCaFile', clientCaFile, (pem) => new X509Certificate(pem));
  return { cert, key, clientCa };
}

function read<Parsed>(name: string, path: string, parse: (pem: Buffer) => Parsed): [Buffer, Parsed] {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (cause) {
    throw invalid(name, path, `cannot be read (${messageOf(cause)}): check the path and its permissions`);
  }
  try {
    return [pem, parse(pem)];
  } catch (cause) {
    throw invalid(name, path, `is not what it should be (${messageOf(cause)}): give PEM`);
  }
}

const invalid = (name: string, path: string, what: string) =>
  new HingeError('CONFIG_INVALID', `collector.tls.${name}: ${path} ${what}`);
