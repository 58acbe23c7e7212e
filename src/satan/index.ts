export { connectIfRunning, connectSatan } from './connect';
export { DEFAULT_DEADLINE_MS, type FirstCall, type Satan, type SatanOptions } from './satan';
export { subscribeEvents, type ProcessEvent } from './events';
// The words of the contract, for clients that may not import the protocol itself.
export type {
  AppHistory,
  ControlApi,
  InstanceDetail,
  OperationOutcome,
  OperationStarted,
  OperationStep,
  SpecPatch,
  Targets,
} from '../protocol/control';
