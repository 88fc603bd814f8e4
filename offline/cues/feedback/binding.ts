/** The bucket of feedback that wrangler.toml binds: the one that `wrangler dev` and `wrangler deploy` mean. */
import { openBoundBucket } from '../../local-worker/bound-bucket.ts';
import { type FoundLine, linesOfBucket } from './sources.ts';

/**
 * @param config wrangler's configuration
 * @param prefix `feedback/` or `study/`
 * @throws Error when it binds no bucket
 */
export async function* linesOfBinding(config: string, prefix: string): AsyncGenerator<FoundLine> {
  const missing = (): Error =>
    new Error(
      `${config}: expected an R2 bucket bound as FEEDBACK_BUCKET with a bucket_name, found none. Bind one, or give --from.`,
    );
  const { bucket, close } = await openBoundBucket({ config, binding: 'FEEDBACK_BUCKET', missing });
  try {
    yield* linesOfBucket(bucket, prefix);
  } finally {
    await close();
  }
}
