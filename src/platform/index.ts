export { failpoint, readFailpoints } from '../failpoints';
export { cpuCount } from './cpu';
export { bootId, cgroupOf, commandLineOf, identify, isAlive, readProcessFacts } from './identity';
export { closeInherited } from './inherited';
export { hasOomKilledSince, oomCounterOf, type OomCounter } from './oom';
export { portHolders, type PortHolders } from './port-holders';
export { randomId } from './random-id';
export { bornWith, pidsBelow, signalProcess, treeOf, wasBornWith } from './tree';
export { askForUser, lookupGroup, lookupUser, type UserFacts } from './users';
