import { createSchema, createYoga } from "graphql-yoga";

const books = [{ id: "1", title: "Homo faber", year: 1957 }, { id: "2", title: "Der Besuch", year: 1956 }];

const yoga = createYoga({
  graphqlEndpoint: "/api/graphql",
  landingPage: false,
  graphiql: false,
  logging: false,
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      type Book { id: ID! title: String! year: Int }
      type Query { books(first: Int = 10): [Book!]! book(id: ID!): Book fails: String agent: String }
      type Mutation { add(title: String!, file: File): Book! }
      type Subscription { ticks(to: Int!): Int! }
      scalar File
    `,
    resolvers: {
      Query: {
        books: (_, { first }) => books.slice(0, first),
        book: (_, { id }) => books.find((book) => book.id === id) ?? null,
        fails: () => {
          throw new Error("the database is at 10.0.0.7");
        },
        agent: (_, __, { request }) => request.headers.get("x-agent"),
      },
      Mutation: { add: async (_, { title, file }) => ({ id: "3", title: file ? `${title}: ${await file.text()}` : title }) },
      Subscription: {
        ticks: {
          async *subscribe(_, { to }) {
            for (let n = 1; n <= to; n++) yield { ticks: n };
          },
        },
      },
    },
  }),
});

export default { fetch: yoga.fetch };
