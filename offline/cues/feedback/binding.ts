/** The bucket of feedback that wrangler.toml binds: wrangler is asked for it, so it is the one that `wrangler dev` and `wrangler deploy` mean. */
import { dirname, join } from 'node:path';
import { type Bucket, type FoundLine, linesOfBucket } from './sources.ts';

/**
 * @param configPath wrangler's configuration
 * @param prefix `feedback/` or `study/`
 * @throws Error when it binds no bucket
 */
export async function* linesOfBinding(configPath: string, prefix: string): AsyncGenerator<FoundLine> {
  const { getPlatformProxy } = await import('wrangler'); // it takes its time to load
  // `wrangler dev` keeps a local bucket beside its configuration, the proxy in the folder it is started in.
  const persist = { path: join(dirname(configPath), '.wrangler/state/v3') };
  const proxy = await getPlatformProxy<{ FEEDBACK_BUCKET?: Bucket }>({ configPath, persist });
  try {
    const { FEEDBACK_BUCKET } = proxy.env;
    if (!FEEDBACK_BUCKET)
      throw new Error(
        `${configPath}: expected an R2 bucket bound as FEEDBACK_BUCKET, found none. Bind one, or give --from.`,
      );
    yield* linesOfBucket(FEEDBACK_BUCKET, prefix);
  } finally {
    await proxy.dispose();
  }
}
