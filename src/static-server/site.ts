import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { posix } from 'node:path';
import send from 'send';
import { listingOf } from './listing';
import type { Settings } from './settings';

/** Answers requests out of a folder. `send` does the files themselves: types, ranges, ETag, HEAD, paths that lead outside. */
export function makeSite(settings: Settings): RequestListener {
  const isAllowed = makeGuard(settings.auth);
  return (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (!isAllowed(request.headers.authorization)) {
      response.setHeader('WWW-Authenticate', 'Basic realm="Authentication required"');
      answer(response, 401, 'Access denied');
    } else if (request.method === 'GET' || request.method === 'HEAD') {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      serve(request, response, candidatesFor(path, settings), settings);
    } else {
      response.setHeader('Allow', 'GET, HEAD');
      answer(response, 405, 'Method not allowed');
    }
  };
}

/** What may be meant by a path, the likeliest first. */
function candidatesFor(path: string, { homepage, spa, listing }: Settings): string[] {
  if (path === '/') return listing && homepage === '/index.html' ? ['/'] : [homepage];
  // Assets of a page that was opened at /some/route are asked for below that route.
  return spa ? [path, `/${posix.basename(path)}`, '/index.html'] : [path];
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  [path = '/', ...others]: readonly string[],
  settings: Settings,
): void {
  const { root, listing } = settings;
  // Certificates are renewed through /.well-known/; every other dot file is nobody's business.
  const dotfiles = path.startsWith('/.well-known/') ? 'allow' : 'ignore';
  const file = send(request, path, { root, index: ['index.html'], dotfiles });
  file.on('directory', () => {
    response.setHeader('Location', `${path.replace(/^\/+/, '/')}/`);
    answer(response, 301, 'Moved permanently');
  });
  file.on('error', ({ status = 500 }) => {
    if (response.headersSent) response.destroy();
    else if (status !== 404) answer(response, status, status === 403 ? 'Forbidden' : 'Cannot be served');
    else if (others.length > 0) serve(request, response, others, settings);
    else if (listing && path.endsWith('/')) void list(request, response, path, settings);
    else notFound(request, response, settings);
  });
  file.pipe(response);
}

async function list(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  settings: Settings,
): Promise<void> {
  const html = await listingOf(settings.root, path);
  if (html === null) {
    notFound(request, response, settings);
    return;
  }
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(request.method === 'HEAD' ? undefined : html);
}

/** The folder's own 404.html, else a word. */
function notFound(request: IncomingMessage, response: ServerResponse, { root }: Settings): void {
  response.statusCode = 404;
  send(request, '/404.html', { root, index: false, dotfiles: 'ignore' })
    .on('error', () => answer(response, 404, 'Not found'))
    .pipe(response);
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
