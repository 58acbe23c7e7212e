import { strikeIn } from './strike';

strikeIn('rolling');
