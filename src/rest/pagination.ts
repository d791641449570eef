import { createHmac, timingSafeEqual } from 'node:crypto';
import { PlatformError, refuse } from '../contracts/errors';
import type { Page } from '../contracts/read-models';

/** Signs page tokens: opaque to clients, and good only for the list and filter that they came from. */
export interface PageTokens {
  /** The store's token of a client's. @throws PlatformError `invalid-request` for a token of another list, or none of ours */
  open(token: string, scope: string): string;
  /** A page whose next token is signed. */
  seal<T>(page: Page<T>, scope: string): Page<T>;
}

/** @param secret of the process or of the deployment; tokens of another secret are refused */
export function createPageTokens(secret: string): PageTokens {
  const sign = (body: string, scope: string): Buffer =>
    createHmac('sha256', secret).update(`${scope}\n${body}`).digest();
  return {
    open: (token, scope) => {
      const [body = '', signature = ''] = token.split('.');
      const expected = sign(body, scope);
      const given = Buffer.from(signature, 'base64url');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        const text = 'expected a pageToken that this list answered, with the same filter; got another';
        throw new PlatformError(refuse('invalid-request', text));
      }
      return Buffer.from(body, 'base64url').toString();
    },
    seal: (page, scope) => {
      if (page.nextPageToken === undefined) return page;
      const body = Buffer.from(page.nextPageToken).toString('base64url');
      return { ...page, nextPageToken: `${body}.${sign(body, scope).toString('base64url')}` };
    },
  };
}
