//! What is known of products: the catalogue, topics, popularity and co-occurrence.
