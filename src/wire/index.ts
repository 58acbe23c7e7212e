export { connect, type WireClient } from './client';
export { openPublisher, subscribe, type Publisher, type Subscription } from './events';
export { WireFailure } from './failure';
export type { Api, Handlers } from './messages';
export { serve, type WireServer } from './server';
