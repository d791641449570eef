import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { ROUTES } from '../../../src/rest/app';
import { openApiOf } from '../../../src/rest/openapi';

/** The document of the facade, as a client gets it. */
export const openApi = JSON.parse(JSON.stringify(openApiOf(ROUTES))) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
};

/** One operation of the document. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** The document lets clients ignore members that it does not name; here nothing may be answered that it does not name. */
function strict(schema: unknown, isPart = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => strict(each));
  if (typeof schema !== 'object' || schema === null) return schema;
  const made = Object.fromEntries(
    Object.entries(schema).map(([key, each]) => [
      key,
      // What is joined is closed as a whole, not part by part.
      key === 'allOf' && Array.isArray(each) ? each.map((part) => strict(part, true)) : strict(each),
    ]),
  );
  const isObject = ('properties' in made && !('additionalProperties' in made)) || 'allOf' in made;
  return isObject && !isPart ? { ...made, unevaluatedProperties: false } : made;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
/** A schema that is a part of another one stays open. */
function opened(name: string, schema: unknown): unknown {
  const all = JSON.stringify(openApi.components.schemas);
  const isPart = all.includes(`{"allOf":[{"$ref":"#/components/schemas/${name}"}`);
  return strict(schema, isPart);
}
ajv.addSchema({
  $id: 'mabeam:openapi',
  components: {
    schemas: Object.fromEntries(
      Object.entries(openApi.components.schemas).map(([name, schema]) => [name, opened(name, schema)]),
    ),
  },
});

/** What is wrong with a value by a named schema of the document; nothing when it fits. */
export function misfits(name: string, value: unknown): readonly string[] {
  const validate = ajv.getSchema(`mabeam:openapi#/components/schemas/${name}`);
  if (validate === undefined) return [`there is no schema ${name}`];
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
  );
}
