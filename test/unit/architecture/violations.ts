import { isBuiltin } from 'node:module';
import { dirname, normalize } from 'node:path/posix';
import { importsIn, type Import } from './imports';
import { layers, libraries, packages, processes, pure, pureMayImport, topLevel } from './rooms';

const rooms = { ...libraries, ...processes, ...topLevel };

/** What is wrong with the imports of one file; `path` is relative to src/. Empty when all is well. */
export function importViolations(path: string, text: string): string[] {
  return importsIn(text).flatMap((found) => {
    const why = isRelative(found) ? wrongRoom(path, found) : wrongModule(path, found);
    return why === null ? [] : [`src/${path} imports '${found.specifier}': ${why}`];
  });
}

/** What is wrong with the place and the name of one file. */
export function placeViolations(path: string): string[] {
  const [room = '', file] = path.split('/');
  const wrong: string[] = [];
  if (!(room in rooms)) wrong.push(`'${room}' is no room of STYLE §1`);
  if (room in libraries && file === 'main.ts') wrong.push('a library has no main.ts');
  if (!/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.d)?\.ts$/.test(path))
    wrong.push('names are kebab-case');
  if (/\b(?:utils?|helpers?|common|misc)\.ts$/.test(path))
    wrong.push('a file is named for the one concept in it');
  return wrong.map((why) => `src/${path}: ${why}`);
}

function isRelative({ specifier }: Import): boolean {
  return specifier.startsWith('.');
}

function wrongRoom(path: string, { specifier, typeOnly }: Import): string | null {
  const target = normalize(`${dirname(path)}/${specifier}`);
  if (target.startsWith('..')) return 'src imports only from src';
  const from = path.split('/')[0] ?? '';
  const to = target.split('/')[0] ?? '';
  if (target.endsWith('/main')) return 'a process is started, not imported';
  if (from === to) return wrongNeighbour(path, target);
  if (isPure(path) && !pureMayImport.includes(to))
    return `policy is pure and imports only ${pureMayImport.join(', ')}`;
  const allowed = rooms[from] ?? [];
  if (allowed.includes(to)) return null;
  if (allowed.includes(`types:${to}`))
    return typeOnly ? null : `${from} takes only types from ${to}: use import type`;
  return `${from} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing'}`;
}

/** Rules between the files of one room. */
function wrongNeighbour(path: string, target: string): string | null {
  if (isCommand(path) && isCommand(target))
    return 'commands do not know each other; share through render/ or a file of cli/';
  const allowed = Object.entries(pure).find(([place]) => isIn(path, place))?.[1];
  if (allowed && !allowed.some((place) => isIn(target, place) || isIn(`${target}.ts`, place))) {
    return `policy is pure and imports from god only ${allowed.join(', ') || 'nothing'}`;
  }
  return wrongLayer(path, target);
}

/** A room with layers: each imports only those below. */
function wrongLayer(path: string, target: string): string | null {
  const [room = '', from = ''] = path.split('/');
  const to = target.split('/')[1] ?? '';
  const order = layers[room] ?? [];
  return order.includes(from) && order.indexOf(to) > order.indexOf(from)
    ? `within ${room} the order is ${order.join(' ← ')}`
    : null;
}

function wrongModule(path: string, { specifier, typeOnly }: Import): string | null {
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return 'write node:';
    return isPure(path) && !typeOnly ? 'policy is pure: no module of Node' : null;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const allowed = packages[name];
  if (!allowed) return 'a new package needs an ADR and a row in test/unit/architecture/rooms.ts';
  return allowed.some((place) => isIn(path, place))
    ? null
    : `${name} is loaded by ${allowed.join(', ')} only`;
}

function isPure(path: string): boolean {
  return Object.keys(pure).some((place) => isIn(path, place));
}

function isCommand(path: string): boolean {
  return path.startsWith('cli/commands/');
}

function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}
