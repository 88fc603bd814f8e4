/** The child of s3-server.ts. */
import { createRequire } from 'node:module';

interface Server {
  run(): Promise<{ port: number }>;
}

const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => Server;
const [directory, ...buckets] = process.argv.slice(2);
const configureBuckets = buckets.map((name) => ({ name, configs: [] }));
const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets });
process.send!((await server.run()).port);
process.on('disconnect', () => process.exit());
