import Ajv from "ajv";

const schema = {
  type: "object",
  properties: { name: { type: "string", pattern: "^\\p{Lu}" }, age: { type: "integer", minimum: 0 }, tags: { type: "array", uniqueItems: true } },
  required: ["name"],
  additionalProperties: false,
};

let validate;

export default async function handler(request) {
  try {
    validate ??= new Ajv({ allErrors: true }).compile(schema);
  } catch (error) {
    return Response.json({ name: error.name, message: error.message }, { status: 500 });
  }
  const valid = validate(await request.json());
  return Response.json({ valid, errors: validate.errors }, { status: valid ? 200 : 422 });
}
