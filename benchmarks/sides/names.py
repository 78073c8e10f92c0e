"""What the sides are called in tables."""

BARE = "bare"
OURS = "ours"
CHAIN = "purgatory + tenacity"
LANGCHAIN = "LangChain with_fallbacks"
PYDANTIC_AI = "pydantic-ai FallbackModel"
LITELLM = "LiteLLM Router"
