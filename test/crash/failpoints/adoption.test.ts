import { strikeIn } from './strike';

strikeIn('adoption');
