export { makeApply } from '../applying';
