export { cleanLeftovers } from './leftovers';
export { makeFolder } from './folders';
export { readJsonFile, writeFileAtomic } from './files';
export { isLeftBehind, lockText, ownerIdentity, ownerOf, tryLock, type Lock } from './lock';
export { openHome, resolveHome } from './open-home';
export { homeAt, shimPathsAt, type Home, type ShimPaths } from './paths';
