export { ensureGod, type EnsureGodOptions } from './ensure-god';
export { entryPath } from './entry';
export { reportReady } from './ready';
export { spawnShim, type ShimSpawn } from './spawn-shim';
