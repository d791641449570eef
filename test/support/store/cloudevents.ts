/** CloudEvents 1.0.2, §3.1, written by hand from the text: context attributes, their types, names of extensions. */
export const cloudEventSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['id', 'source', 'specversion', 'type'],
  properties: {
    id: { type: 'string', minLength: 1 },
    source: { type: 'string', minLength: 1, format: 'uri-reference' },
    specversion: { const: '1.0' },
    type: { type: 'string', minLength: 1 },
    subject: { type: 'string', minLength: 1 },
    time: { type: 'string', format: 'date-time' },
    datacontenttype: { type: 'string', minLength: 1 },
    dataschema: { type: 'string', minLength: 1, format: 'uri' },
    data: true,
    data_base64: { type: 'string', contentEncoding: 'base64' },
  },
  // Names are lower-case letters and digits; values are texts, whole numbers or booleans.
  patternProperties: {
    '^(?!data$)[a-z0-9]+$': {
      anyOf: [{ type: 'string' }, { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }, { type: 'boolean' }],
    },
  },
  additionalProperties: false,
  not: { required: ['data', 'data_base64'] },
} as const;
