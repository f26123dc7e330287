<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.28" styleCategories="Symbology|Labeling">
  <renderer-v2 type="categorizedSymbol" attr="band" symbollevels="0" enableorderby="0">
    <categories>
      <category value="A" symbol="0" label="A: among the best in at least 80 of 100 tries" render="true"/>
      <category value="B" symbol="1" label="B: among the best in some tries" render="true"/>
      <category value="C" symbol="2" label="C: among the best in fewer than 20 of 100 tries" render="true"/>
      <category value="" symbol="3" label="no rank" render="true"/>
    </categories>
    <symbols>
      <symbol type="fill" name="0" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="18,67,109,255"/><Option name="outline_color" type="QString" value="0,0,0,255"/><Option name="outline_width" type="QString" value="0.3"/><Option name="style" type="QString" value="solid"/></Option></layer></symbol>
      <symbol type="fill" name="1" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="32,115,188,255"/><Option name="outline_color" type="QString" value="18,67,109,255"/><Option name="outline_width" type="QString" value="0.2"/><Option name="style" type="QString" value="solid"/></Option></layer></symbol>
      <symbol type="fill" name="2" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="107,172,230,255"/><Option name="outline_color" type="QString" value="18,67,109,255"/><Option name="outline_width" type="QString" value="0.2"/><Option name="style" type="QString" value="dense4"/></Option></layer></symbol>
      <symbol type="fill" name="3" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="190,190,190,255"/><Option name="outline_color" type="QString" value="90,90,90,255"/><Option name="outline_width" type="QString" value="0.2"/><Option name="style" type="QString" value="b_diagonal"/></Option></layer></symbol>
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
  <layerGeometryType>2</layerGeometryType>
</qgis>
