export { ERRORS, type ErrorCode } from './catalogue';
export {
  PmError,
  fromWire,
  hasCode,
  pmError,
  reasonOf,
  systemCodeOf,
  toWire,
  type WireError,
} from './pm-error';
