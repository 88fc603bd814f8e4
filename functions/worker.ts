/** The Worker's entry. What it does is in app.ts. */
import { createApp } from './app.ts';

export default createApp();
