import { strikeIn } from './strike';

strikeIn('crash');
