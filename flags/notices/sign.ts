/** Signed webhooks by the Standard Webhooks specification, version 1.0.0 (symmetric signatures, `v1`). */
import { createHmac } from 'node:crypto';

/** `whsec_` and the key in base64: 24 bytes at least, 64 at most. */
export const SECRET = /^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The three fields of a request that carries `body`. `id` is the same at every attempt; `nowMs` is the attempt's. */
export function signatureHeaders(secret: string, id: string, nowMs: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
