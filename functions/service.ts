/**
 * What the Worker is given and what its parts pass on about a request: the types behind every route.
 *
 * wrangler.toml says why each binding is there. All but ASSETS may be missing, and what needs one says so.
 */
import type { RequestIdVariables } from 'hono/request-id';
import type { Assets } from './runtime/assets.ts';

export interface Bindings {
  /** The bundle as static assets. */
  ASSETS: Assets;
  /** Published indexes and previews, instead of the assets. */
  BUCKET?: R2Bucket;
  /** Feedback, as lines of JSON. */
  FEEDBACK_BUCKET?: R2Bucket;
  /** Feedback, as data points. */
  FEEDBACK?: AnalyticsEngineDataset;
  /** Where candidates come from: `bundle` (default) or `vectorize`. */
  RETRIEVER?: string;
  VECTORIZE?: VectorizeIndex;
  /** The fields that the Vectorize index can filter by, comma-separated. */
  VECTORIZE_FIELDS?: string;
  RATE_LIMIT?: RateLimit;
  /** The numbers of RATE_LIMIT, which the binding does not give. */
  RATE_LIMIT_QUOTA?: string | number;
  RATE_LIMIT_WINDOW_SEC?: string | number;
  /** Refused keys of one address. */
  REFUSAL_LIMIT?: RateLimit;
  /** `keys` (default) or `open`. */
  ACCESS?: string;
  /** A secret: who may ask (guard/api-keys.ts). */
  API_KEYS?: string;
  /** Web origins that may ask, comma-separated, or `*`. */
  CORS_ORIGINS?: string;
}

/** What went wrong with a request, for its line in the log. */
export interface Failure {
  code: string;
  /** Of our own failures only: a caller's holds what the caller sent. */
  detail?: string;
  cause?: string;
}

export interface Variables extends RequestIdVariables {
  /** The id of the API key that asked; missing where none was needed. */
  keyId?: string;
  /** Milliseconds per stage, from the routes that have stages. */
  stages?: Readonly<Record<string, number>>;
  /** The index that answered. */
  indexVersion?: string;
  failure?: Failure;
}

export interface Service {
  Bindings: Bindings;
  Variables: Variables;
}
