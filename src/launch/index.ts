export { ensureGod, type EnsureGodOptions } from './ensure-god';
export { entryPath } from './entry';
export { cliPath, launcherText, recordProgram, type Program } from './program';
export { replaceGod } from './replace-god';
export { spawnDaemon } from './spawn';
export { reportReady } from './ready';
export { spawnShim } from './spawn-shim';
