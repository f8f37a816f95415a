import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

const routes = {
  async "/api/presign"(s3) {
    const command = new GetObjectCommand({ Bucket: "b", Key: "a/ü b.txt" });
    const url = new URL(await getSignedUrl(s3, command, { expiresIn: 60, signingDate: new Date(0) }));
    return { path: url.pathname, fields: [...url.searchParams.keys()].sort(), expires: url.searchParams.get("X-Amz-Expires") };
  },
  async "/api/put"(s3) {
    const text = await s3.send(new PutObjectCommand({ Bucket: "b", Key: "text", Body: "Käse", ContentType: "text/plain" }));
    const bytes = await s3.send(new PutObjectCommand({ Bucket: "b", Key: "bytes", Body: new Uint8Array([0, 255]) }));
    return [text.ETag, bytes.ETag, (await s3.send(new DeleteObjectCommand({ Bucket: "b", Key: "text" }))).$metadata.httpStatusCode];
  },
  async "/api/get"(s3) {
    const found = await s3.send(new GetObjectCommand({ Bucket: "b", Key: "text" }));
    const head = await s3.send(new HeadObjectCommand({ Bucket: "b", Key: "text" }));
    return [found.ContentType, found.Metadata, await found.Body.transformToString(), head.ContentLength];
  },
  async "/api/missing"(s3) {
    return await s3.send(new GetObjectCommand({ Bucket: "b", Key: "missing" })).catch((error) => [error.name, error.$metadata?.httpStatusCode]);
  },
  async "/api/dynamo"(_, endpoint) {
    const client = new DynamoDBClient({ region: "us-east-1", credentials, endpoint, maxAttempts: 1 });
    const { Item } = await client.send(new GetItemCommand({ TableName: "t", Key: { id: { S: "1" } } }));
    return [Item.n.N, [...Item.bytes.B]];
  },
};

export default async function handler(request, { env }) {
  const s3 = new S3Client({ region: "us-east-1", credentials, endpoint: env.AWS_URL, forcePathStyle: true, maxAttempts: 1 });
  return Response.json(await routes[new URL(request.url).pathname](s3, env.AWS_URL));
}
