import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";

/** A group of routes; types of parameters, bodies and answers follow from their schemas. */
export type Routes = FastifyPluginAsyncTypebox;
