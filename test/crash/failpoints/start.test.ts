import { strikeIn } from './strike';

strikeIn('start');
