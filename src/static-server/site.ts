import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { posix } from 'node:path';
import send, { type SendStream } from 'send';
import { listingOf } from './listing';
import { canonicalPath, encodedPath, isServable } from './paths';
import type { Settings } from './settings';

/** Answers requests out of a folder. `send` does the files themselves: types, ranges, ETag, HEAD. Which file may be given away is decided here. */
export function makeSite(settings: Settings): RequestListener {
  const isAllowed = makeGuard(settings.auth);
  return (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (!isAllowed(request.headers.authorization)) {
      response.setHeader('WWW-Authenticate', 'Basic realm="Authentication required"');
      answer(response, 401, 'Access denied');
    } else if (request.method === 'GET' || request.method === 'HEAD') {
      const path = canonicalPath(request.url ?? '/');
      if (path === null) answer(response, 400, 'Bad request');
      else void serve({ request, response, settings }, candidatesFor(path, settings));
    } else {
      response.setHeader('Allow', 'GET, HEAD');
      answer(response, 405, 'Method not allowed');
    }
  };
}

/** What may be meant by a canonical path, the likeliest first. */
function candidatesFor(path: string, { homepage, spa, listing }: Settings): string[] {
  if (path === '/') return listing && homepage === '/index.html' ? ['/'] : [posix.join('/', homepage)];
  // Assets of a page that was opened at /some/route are asked for below that route.
  return spa ? [path, `/${posix.basename(path)}`, '/index.html'] : [path];
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly settings: Settings;
}

async function serve(exchange: Exchange, [path = '/', ...others]: readonly string[]): Promise<void> {
  const { request, response, settings } = exchange;
  const file = path.endsWith('/') ? `${path}index.html` : path;
  const next = (): void => {
    if (others.length > 0) void serve(exchange, others);
    else if (settings.listing && path.endsWith('/')) void list(exchange, path);
    else void notFound(exchange);
  };
  if (!(await isServable(settings.root, file))) {
    next();
    return;
  }
  sendFile(request, settings.root, file)
    .on('directory', () => {
      response.setHeader('Location', `${encodedPath(path)}/`);
      answer(response, 301, 'Moved permanently');
    })
    .on('error', ({ status = 500 }) => {
      if (response.headersSent) response.destroy();
      else if (status === 404) next();
      else answer(response, status, status === 403 ? 'Forbidden' : 'Cannot be served');
    })
    .pipe(response);
}

/** Only for what {@link isServable}: `send` does not look at dots again, its question would be asked of another spelling. */
const sendFile = (request: IncomingMessage, root: string, path: string): SendStream =>
  send(request, encodedPath(path), { root, index: false, dotfiles: 'allow' });

async function list(exchange: Exchange, path: string): Promise<void> {
  const { request, response, settings } = exchange;
  const html = await listingOf(settings.root, path);
  if (html === null) {
    await notFound(exchange);
    return;
  }
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(request.method === 'HEAD' ? undefined : html);
}

/** The folder's own 404.html, else a word. */
async function notFound({ request, response, settings: { root } }: Exchange): Promise<void> {
  const say = (): void => {
    answer(response, 404, 'Not found');
  };
  response.statusCode = 404;
  if (!(await isServable(root, '/404.html'))) say();
  else sendFile(request, root, '/404.html').on('directory', say).on('error', say).pipe(response);
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}

/** Compares in constant time, so that a password cannot be guessed letter by letter. */
function makeGuard(auth: Settings['auth']): (header: string | undefined) => boolean {
  if (auth === null) return () => true;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(`${auth.user}:${auth.password}`);
  return (header = '') => {
    const [scheme = '', code = ''] = header.split(' ');
    const given = scheme.toLowerCase() === 'basic' ? Buffer.from(code, 'base64').toString('utf8') : '';
    return timingSafeEqual(digest(given), wanted);
  };
}
