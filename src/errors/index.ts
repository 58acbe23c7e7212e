export { ERRORS, type ErrorCode } from './catalogue';
export { PmError, fromWire, pmError, reasonOf, systemCodeOf, toWire, type WireError } from './pm-error';
