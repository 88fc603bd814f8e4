/** What the commands of a queue have in common: its address, and the store. */
import { isBucketAddress } from '../encode/queue/bucket.ts';
import { type Connection, connect, PASSWORD_VARIABLE } from '../encode/queue/connection.ts';
import { openTokenStore, type TokenStore } from '../encode/queue/token-store.ts';
import { fromHere, print } from './command.ts';

export const QUEUE_ARGS = {
  queue: {
    type: 'string',
    required: true,
    description: `a Redis or Valkey server: redis://host:6379, rediss://user@host:6380; its password is in ${PASSWORD_VARIABLE}`,
  },
} as const;

export const STORE_ARGS = {
  store: {
    type: 'string',
    required: true,
    description: 'where all machines put what they encode: a folder that all of them see, or s3://bucket/folder',
  },
} as const;

export const openQueue = (address: string): Promise<Connection> =>
  connect(address, { say: (line) => print(`note: ${line}`) });

/** @param scratch of this machine, for a bucket */
export const openStore = (given: string, scratch: string): Promise<TokenStore> =>
  openTokenStore(placeFromHere(given), scratch);

/** A path as the user wrote it, or an address as it is. */
export const placeFromHere = (given: string): string => (isBucketAddress(given) ? given : fromHere(given));
