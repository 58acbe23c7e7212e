import { strikeIn } from './strike';

strikeIn('upgrade');
