import { strikeIn } from './strike';

strikeIn('reload');
