import { strikeIn } from './strike';

strikeIn('end');
