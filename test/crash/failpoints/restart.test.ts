import { strikeIn } from './strike';

strikeIn('restart');
