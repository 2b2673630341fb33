# The page, on a CPU, as a user without rights:
#   docker build -t multimodal-lab . && docker run --rm -p 127.0.0.1:7860:7860 multimodal-lab
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 GRADIO_ANALYTICS_ENABLED=False
RUN useradd --create-home --uid 1000 lab
WORKDIR /home/lab/multimodal-lab

# torch without CUDA's libraries, which are gigabytes; then the rest, which finds it installed.
COPY pre-requirements.txt requirements.txt ./
RUN pip install --no-cache-dir -r pre-requirements.txt \
    && pip install --no-cache-dir -r requirements.txt

COPY app.py spaces_config.yaml ./
COPY examples examples
COPY multimodal multimodal

USER lab
EXPOSE 7860
CMD ["python", "app.py", "--host", "0.0.0.0"]
