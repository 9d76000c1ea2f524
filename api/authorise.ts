/** Who may ask and who may act: looking needs the scope `read`, changing something `operate`. */

import type { RequestHandler } from 'express';
import { HttpFault } from './problem.ts';

/** Judges an `Authorization` header for a scope. */
export type Access = (
  authorization: string | undefined,
  scope: 'read' | 'operate',
) => 'granted' | 'unauthenticated' | 'forbidden';

export function authorise(access: Access): RequestHandler {
  return (request, response, next) => {
    const scope = ['GET', 'HEAD'].includes(request.method) ? 'read' : 'operate';
    const outcome = access(request.headers.authorization, scope);
    if (outcome === 'unauthenticated') {
      // Basic lets a browser ask for the token, as the password.
      response.setHeader('www-authenticate', 'Bearer, Basic realm="hinge", charset="UTF-8"');
      throw new HttpFault(401, 'UNAUTHENTICATED', 'a valid token is needed: send Authorization: Bearer TOKEN');
    }
    if (outcome === 'forbidden') throw new HttpFault(403, 'FORBIDDEN', `the token does not have the scope ${scope}`);
    next();
  };
}
