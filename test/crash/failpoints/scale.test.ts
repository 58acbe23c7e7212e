import { strikeIn } from './strike';

strikeIn('scale');
