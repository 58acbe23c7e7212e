export { cpuCount } from './cpu';
export { bootId, commandLineOf, identify, isAlive, readProcessFacts } from './identity';
export { pidsBelow, signalProcess, treeOf } from './tree';
export { lookupGroup, lookupUser, type UserFacts } from './users';
