/**
 * The page at /docs: /openapi.json made readable, with nothing from anywhere else.
 *
 * Renderers of OpenAPI are larger than the whole service. This one shows what our document has: operations with parameters, bodies,
 * answers and examples, the schemas, and every problem code. Text goes into the page as text, never as markup.
 */

interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}
interface Media {
  schema?: Schema;
  examples?: Record<string, { $ref?: string; summary?: string; value?: unknown }>;
}
interface Parameter extends Media {
  in: string;
  name: string;
  required?: boolean;
  description?: string;
  content?: Record<string, Media>;
}
interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}
interface OpenApi {
  info: { description: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
  'x-problems': Record<string, { status: number; title: string; example: { detail: string } }>;
}

type Child = Node | string | undefined;

function element(tag: string, attributes: Record<string, string>, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}
const code = (text: string): HTMLElement => element('code', {}, text);
/** What stands between backticks is code, as in Markdown. */
const text = (words: string | undefined): HTMLElement | undefined =>
  words === undefined
    ? undefined
    : element('p', { class: 'text' }, ...words.split('`').map((part, i) => (i % 2 ? code(part) : part)));

function table(headings: readonly string[], rows: readonly Child[][]): HTMLElement {
  const cells = (tag: string, row: readonly Child[]) => element('tr', {}, ...row.map((cell) => element(tag, {}, cell)));
  return element(
    'table',
    {},
    element('thead', {}, cells('th', headings)),
    element('tbody', {}, ...rows.map((row) => cells('td', row))),
  );
}

function folded(title: string, ...inside: Child[]): HTMLElement {
  return element('details', {}, element('summary', {}, title), ...inside);
}

function operation(method: string, path: string, about: Operation): HTMLElement {
  const { operationId, summary, description, parameters = [], requestBody, responses } = about;
  return element(
    'section',
    { id: operationId },
    element('h2', {}, code(`${method.toUpperCase()} ${path}`)),
    text(summary),
    text(description),
    parameters.length > 0
      ? folded(
          `Parameters (${parameters.length})`,
          table(
            ['Name', 'Where', 'What'],
            parameters.map((one) => [
              code(one.required ? `${one.name} (required)` : one.name),
              one.in,
              described(one.schema ?? Object.values(one.content ?? {})[0]?.schema ?? {}, one.description),
            ]),
          ),
        )
      : undefined,
    ...media('Body', requestBody?.content ?? {}),
    ...Object.entries(responses).map(([status, { description, content = {} }]) =>
      folded(
        `${status} ${description.split('\n').length > 1 ? 'Problems' : description}`,
        text(description),
        ...media('Answer', content),
      ),
    ),
  );
}

function media(what: string, content: Record<string, Media>): HTMLElement[] {
  return Object.entries(content).map(([type, { schema, examples = {} }]) =>
    folded(
      `${what}: ${type}`,
      schema && described(schema),
      schema?.properties && fields(schema),
      ...Object.entries(examples).flatMap(([name, { $ref, summary, value }]) =>
        $ref ? [] : [text(summary ?? name), element('pre', {}, JSON.stringify(value, null, 2))],
      ),
    ),
  );
}

function fields({ properties = {}, required = [] }: Schema): HTMLElement {
  return table(
    ['Field', 'What'],
    Object.entries(properties).map(([name, schema]) => [
      code(required.includes(name) ? `${name} (required)` : name),
      described(schema),
    ]),
  );
}

/** Its type in words, what it is for, and the fields of an object inside. */
function described(schema: Schema, description = schema.description): HTMLElement {
  const name = schema.$ref?.split('/').at(-1);
  const type = name ? element('a', { href: `#schema-${name}` }, name) : code(typeOf(schema));
  return element('div', {}, type, description ? ` ${description}` : undefined, schema.properties && fields(schema));
}

function typeOf(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (several) return several.map(typeOf).join(schema.allOf ? ' & ' : ' | ');
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === 'object') return `object of ${typeOf(schema.additionalProperties)}`;
  const range = [schema.minimum, schema.maximum].map((end) => (Math.abs(end ?? Infinity) < 1e15 ? String(end) : ''));
  const words = [[schema.type ?? 'any'].flat().join(' | ')];
  if (range[0] || range[1]) words.push(`${range[0]} … ${range[1]}`);
  if (schema.default !== undefined) words.push(`= ${JSON.stringify(schema.default)}`);
  return words.join(' ');
}

function schemas(all: Record<string, Schema>): HTMLElement[] {
  return Object.entries(all).map(([name, schema]) =>
    element('div', { id: `schema-${name}` }, element('h3', {}, name), described(schema)),
  );
}

function problems(all: OpenApi['x-problems']): HTMLElement {
  return table(
    ['Status', 'Code', 'What it means, and an example'],
    Object.entries(all).map(([name, { status, title, example }]) => [
      String(status),
      code(name),
      element('div', {}, `${title}.`, element('p', {}, element('small', {}, example.detail))),
    ]),
  );
}

async function show(place: HTMLElement): Promise<void> {
  const response = await fetch('/openapi.json');
  if (!response.ok) throw new Error(`/openapi.json: expected status 200, got ${response.status}. Load the page again.`);
  const { info, paths, components, 'x-problems': codes } = (await response.json()) as OpenApi;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => ({ method, path, about })),
  );
  place.replaceChildren(
    text(info.description) as HTMLElement,
    element(
      'ul',
      {},
      ...operations.map(({ method, path, about }) =>
        element(
          'li',
          {},
          element('a', { href: `#${about.operationId}` }, code(`${method.toUpperCase()} ${path}`)),
          ` ${about.summary ?? ''}`,
        ),
      ),
    ),
    ...operations.map(({ method, path, about }) => operation(method, path, about)),
    element('h2', { id: 'schemas' }, 'Schemas'),
    ...schemas(components.schemas),
    element('h2', { id: 'problems' }, 'Problems'),
    problems(codes),
  );
  place.removeAttribute('aria-busy');
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

const place = document.getElementById('reference') as HTMLElement;
show(place).catch((error: Error) => {
  place.removeAttribute('aria-busy');
  place.replaceChildren(element('p', { role: 'alert' }, error.message));
});
