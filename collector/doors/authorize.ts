/** Whether a sender may send: by the value of its `Authorization` header or metadata. */

/** Who gave no token, or one that nobody knows, is unauthenticated; who may not send is forbidden. */
export type Access = 'granted' | 'unauthenticated' | 'forbidden';

export type Authorize = (authorization: string | undefined) => Access;

export interface Denial {
  /** Of HTTP. */
  readonly status: 401 | 403;
  readonly message: string;
}

const DENIALS: Readonly<Record<Exclude<Access, 'granted'>, Denial>> = {
  unauthenticated: { status: 401, message: 'a valid token is needed: send Authorization: Bearer TOKEN' },
  forbidden: { status: 403, message: 'the token does not have the scope ingest' },
};

export const everybody: Authorize = () => 'granted';

export function denialOf(access: Access): Denial | undefined {
  return access === 'granted' ? undefined : DENIALS[access];
}
