import type { ClientClass } from './client';
import { DOWNLOAD_CLASSES } from './downloads';
import { HTTP2_CLASSES } from './http2';
import { LONG_LIVED_CLASSES } from './long-lived';
import { HTTP_CLASSES } from './node-http';
import { RAW_CLASSES } from './raw';

export const CLIENT_CLASSES: readonly ClientClass[] = [
  ...HTTP_CLASSES,
  ...RAW_CLASSES,
  ...DOWNLOAD_CLASSES,
  ...HTTP2_CLASSES,
  ...LONG_LIVED_CLASSES,
];
