/**
 * A bucket of S3, R2 or another server that speaks the same protocol, through Amazon's own client.
 *
 * Address and keys come from the environment, as that client has it: AWS_ENDPOINT_URL_S3 (none for Amazon itself), AWS_REGION (`auto` for R2),
 * AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile. https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 * The client is an optional package, loaded when it is first needed. It tries again by itself what a network loses.
 */
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { optionalPackage } from '../../lib/optional-package.ts';

export interface BucketAddress {
  bucket: string;
  /** Before every key, without slashes around it; may be empty. */
  prefix: string;
}

export interface Listed {
  /** Behind the prefix. */
  key: string;
  bytes: number;
  /** Changes with the content. */
  etag: string;
}

export interface Bucket {
  /** s3://bucket/prefix */
  name: string;
  /** All objects whose keys begin so, in the order of their keys. @param below a folder, or '' @param page so many a request */
  list(below: string, page?: number): AsyncGenerator<Listed>;
  /** Undefined where there is nothing. @param first so many bytes only */
  read(key: string, first?: number): Promise<Uint8Array | undefined>;
  /** To a file, as it comes. @returns the object's etag; undefined where there is nothing */
  download(key: string, path: string): Promise<string | undefined>;
  write(key: string, bytes: Uint8Array | string): Promise<void>;
  /** Unless there is something. */
  create(key: string, bytes: Uint8Array | string): Promise<void>;
  remove(key: string): Promise<void>;
  close(): void;
}

export const isBucketAddress = (text: string): boolean => text.startsWith('s3://');

/** @throws Error when it is none */
export function parseBucketAddress(text: string): BucketAddress {
  const [, bucket, prefix] = /^s3:\/\/([\w.-]+)(?:\/(.*))?$/.exec(text) ?? [];
  if (!bucket) throw new Error(`expected an address such as s3://bucket/folder, got "${text}". Write it so.`);
  return { bucket, prefix: (prefix ?? '').replace(/^\/+|\/+$/g, '') };
}

/** Tries, the first included, with growing pauses between them: about half a minute. */
const TRIES = 8;

/** @throws Error when the client is not installed; what the server says of the bucket is heard at the first request */
export async function openBucket(address: string): Promise<Bucket> {
  const { bucket, prefix } = parseBucketAddress(address);
  const name = prefix ? `s3://${bucket}/${prefix}` : `s3://${bucket}`;
  const s3 = await optionalPackage('@aws-sdk/client-s3', name, () => import('@aws-sdk/client-s3'));
  const client = new s3.S3Client({
    region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'auto',
    // A server of one's own rarely has a name for each bucket.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
    maxAttempts: TRIES,
    // Servers other than Amazon's do not all know the checksums that the client adds otherwise; files have a seal of their own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const at = (key: string) => ({ Bucket: bucket, Key: prefix ? `${prefix}/${key}` : key });
  const told = (error: unknown): never => {
    throw sentence(name, error);
  };
  const get = (key: string, Range?: string) =>
    client
      .send(new s3.GetObjectCommand({ ...at(key), Range }))
      .catch(nothing)
      .catch(told);

  return {
    name,
    async *list(below, MaxKeys) {
      const Prefix = [prefix, below].filter(Boolean).join('/');
      let ContinuationToken: string | undefined;
      do {
        const command = new s3.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: Prefix && `${Prefix}/`,
          ContinuationToken,
          MaxKeys,
        });
        const page = await client.send(command).catch(told);
        for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? [])
          yield { key: prefix ? Key.slice(prefix.length + 1) : Key, bytes: Size, etag: plain(ETag) };
        ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (ContinuationToken);
    },
    async read(key, first) {
      const found = await get(key, first === undefined ? undefined : `bytes=0-${first - 1}`);
      return found?.Body?.transformToByteArray().catch(told);
    },
    async download(key, path) {
      const found = await get(key);
      if (!found?.Body) return undefined;
      await pipeline(found.Body as Readable, createWriteStream(path)).catch((error: NodeJS.ErrnoException) =>
        told('syscall' in error && error.path ? Object.assign(error, { isOurs: true }) : error),
      );
      return plain(found.ETag ?? '');
    },
    async write(key, Body) {
      await client.send(new s3.PutObjectCommand({ ...at(key), Body })).catch(told);
    },
    async create(key, Body) {
      const put = new s3.PutObjectCommand({ ...at(key), Body, IfNoneMatch: '*' });
      await client.send(put).catch((error: Status) => (isTaken(error) ? undefined : told(error)));
    },
    async remove(key) {
      await client.send(new s3.DeleteObjectCommand(at(key))).catch(told);
    },
    close: () => client.destroy(),
  };
}

interface Status {
  name: string;
  message: string;
  isOurs?: boolean;
  $metadata?: { httpStatusCode?: number };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: without the right to list, what is not there is 403 instead. */
function nothing(error: Status): undefined {
  if (error.name !== 'NoSuchKey' && error.name !== 'NotFound') throw error;
}

const isTaken = ({ $metadata }: Status): boolean => [409, 412].includes($metadata?.httpStatusCode ?? 0);

const plain = (etag: string): string => etag.replaceAll('"', '');

/** What to do about it, by what the server says. */
const NEXT: Readonly<Record<string, string>> = {
  NoSuchBucket: 'Create it, or check its name and AWS_ENDPOINT_URL_S3.',
  AccessDenied: 'Give the key the right to list, read and write in it.',
  InvalidAccessKeyId: 'Check AWS_ACCESS_KEY_ID.',
  SignatureDoesNotMatch: 'Check AWS_SECRET_ACCESS_KEY, and AWS_REGION.',
  CredentialsProviderError: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  PermanentRedirect: 'Set AWS_REGION to that of the bucket.',
};

function sentence(bucket: string, cause: unknown): Error {
  const { name, message, isOurs } = cause as Status;
  if (isOurs) return cause as Error; // our disk's
  const next = NEXT[name] ?? 'Check AWS_ENDPOINT_URL_S3, AWS_REGION and the network, and start again.';
  return new Error(`${bucket}: expected a bucket that answers, got ${name}: ${message.replace(/\.$/, '')}. ${next}`, {
    cause,
  });
}
