"""The CRM's contract: requests, responses, OpenAPI page, client."""
